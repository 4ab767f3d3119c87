/** What the server says in English where somebody is likely to read it, in French; {n} is a number. */
export const said: Readonly<Record<string, string>> = {
  "The username or the password is wrong":
    "Le nom d’utilisateur ou le mot de passe n’est pas le bon.",
  "The code is wrong or was used before": "Le code n’est pas le bon, ou a déjà servi.",
  "This username is taken": "Ce nom d’utilisateur est déjà pris.",
  "Registration is closed on this server": "Ce serveur n’accepte pas de nouveaux comptes.",
  "Registration on this server needs an invitation":
    "Il faut une invitation pour créer un compte sur ce serveur.",
  "This invitation is not good, or no longer": "Cette invitation n’est pas valable, ou plus.",
  "Must be 1 to 32 of the letters A-Z and a-z, 0-9, '_', '.', '-'":
    "De 1 à 32 lettres sans accent, chiffres, « _ », « . » ou « - ».",
  "Must be an e-mail address": "Ce n’est pas une adresse de courriel.",
  "Is one of the first that an attacker tries; take another":
    "C’est l’un des premiers qu’un attaquant essaie ; prenez-en un autre.",
  "Must have {n} to {n} characters": "De {n} à {n} caractères.",
  "You are banned from this server": "Vous êtes banni de ce serveur.",
  "This server does not offer two-factor authentication":
    "Ce serveur ne propose pas la double authentification.",
  "Two-factor authentication is not on, or its set-up took too long":
    "La double authentification n’est pas activée, ou son installation a trop duré.",
  "Two-factor authentication is on already": "La double authentification est déjà activée.",
  "You have as many passkeys as one may have; remove one first":
    "Vous ne pouvez pas avoir plus de clés d’accès ; retirez-en une d’abord.",
  "The passkey does not prove who you are; try again":
    "La clé d’accès n’a pas été reconnue ; réessayez.",
  "This passkey is known already, or you have too many":
    "Cette clé d’accès est déjà connue, ou vous en avez trop.",
  "The login through the provider did not succeed; start again":
    "La connexion par votre organisation n’a pas abouti ; recommencez.",
  "This login opens another account": "Cette identité ouvre un autre compte.",
  "You have linked as many logins as one may have; unlink one first":
    "Vous ne pouvez pas lier plus d’identités ; déliez-en une d’abord.",
  "Nothing else opens this account; add another way in first":
    "Rien d’autre n’ouvre ce compte ; ajoutez d’abord un autre moyen d’entrer.",
  "Only members of the conversation may do this":
    "Seuls les membres de la conversation le peuvent.",
  "A room of this name exists already": "Un salon porte déjà ce nom.",
  "must be 1 to 64 of the characters A-Z a-z 0-9 _ -":
    "De 1 à 64 lettres sans accent, chiffres, « _ » ou « - ».",
  "The conversation is archived": "Cette conversation est archivée.",
  "A room has an owner: make another member one first":
    "Un salon a un propriétaire : nommez-en d’abord un autre.",
  "You may not do this with one of these users":
    "Ce n’est pas possible avec l’une de ces personnes.",
  "You are in {n} conversations already; leave one first":
    "Vous êtes déjà dans {n} conversations ; quittez-en une d’abord.",
  "You have blocked {n} users already; unblock one first":
    "Vous avez déjà bloqué {n} personnes ; débloquez-en une d’abord.",
  "A message has at most {n} different emoji": "Un message a au plus {n} emojis différents.",
  "A conversation has at most {n} pinned messages":
    "Une conversation a au plus {n} messages épinglés.",
  "At most {n} messages wait to be sent: cancel one first":
    "Au plus {n} messages attendent d’être envoyés : annulez-en un d’abord.",
  "The message is being sent": "Ce message est en cours d’envoi.",
  "You are muted: you may read, and not write":
    "Vous avez été rendu muet : vous pouvez lire, pas écrire.",
  "You may only read here": "Ici, vous pouvez seulement lire.",
  "You may not send files": "Vous ne pouvez pas envoyer de fichiers.",
  "There is no room for files at the moment": "Il n’y a plus de place pour des fichiers.",
  "Your files would take {n} bytes, and {n} is the most":
    "Vos fichiers feraient {n} octets ; le maximum est de {n}.",
  "The message was deleted": "Ce message a été supprimé.",
  "The file was refused: it holds something harmful":
    "Le fichier a été refusé : il contient quelque chose de nuisible.",
  "The file is in quarantine: it was not found clean so far":
    "Le fichier est retenu : il n’a pas encore été jugé sûr.",
  "Must be a picture of your own that is clean and in no message":
    "Il faut une image à vous, jugée sûre et dans aucun message.",
  "Must lie in the future": "Ce moment est déjà passé.",
  "Must be one emoji": "Il faut un seul emoji.",
  "There is an appeal against this sanction already": "Un appel a déjà été fait.",
  "The sanction is over, or was lifted before": "La sanction est finie, ou a déjà été levée.",
  "This server sends no mail; ask its operator for a new password":
    "Ce serveur n’envoie pas de courriel ; demandez un nouveau mot de passe à qui s’en occupe.",
  "The link is not valid any more; ask for a new one":
    "Ce lien n’est plus valable ; demandez-en un autre.",
  "Is known from a breach of another service; take another":
    "Il a fuité d’un autre service ; prenez-en un autre.",
  "Must be a username or an e-mail address":
    "Il faut un nom d’utilisateur ou une adresse de courriel.",
  "Must be at most {n} printable characters": "Au plus {n} caractères, sans retour à la ligne.",
  "Must lie ahead, within a year": "Il faut un moment à venir, dans l’année.",
  "must have {n} characters at most": "Au plus {n} caractères.",
  "must be {n} users at most": "Au plus {n} personnes à la fois.",
  "Must not be empty": "Ce fichier est vide.",
  "A file has at most {n} bytes": "Un fichier a au plus {n} octets.",
  "This server takes no files": "Ce serveur ne prend pas de fichiers.",
  "The file is part of a message: delete that":
    "Ce fichier est dans un message : supprimez celui-ci.",
  "A message has at most {n} characters": "Un message a au plus {n} caractères.",
  "Must not be empty or only white space": "Il faut écrire quelque chose.",
  "Must be at most {n} days ahead": "Au plus {n} jours à l’avance.",
  "Must be a moment or a day as in RFC 3339: 2026-01-31T12:00:00Z":
    "Il faut un jour ou un moment, comme 2026-01-31 ou 2026-01-31T12:00:00Z.",
  "There is no open appeal against this sanction":
    "Aucun appel contre cette sanction n’attend de décision.",
  "{n} of your reports wait for a decision; please be patient":
    "{n} de vos signalements attendent une décision ; un peu de patience.",
  "Nobody reports themselves": "On ne se signale pas soi-même.",
  "Must say something": "Il faut écrire quelque chose.",
  "Must have {n} characters at most": "Au plus {n} caractères.",
  "You are told on {n} devices already; remove one first":
    "Vous êtes déjà prévenu sur {n} appareils ; retirez-en un d’abord.",
  "Must be a time such as 22:30": "Il faut une heure, comme 22:30.",
  "Both ends of the quiet hours are needed, or none":
    "Il faut le début et la fin des heures calmes, ou aucun des deux.",
  "Must be the name of a zone such as Europe/Paris":
    "Il faut le nom d’un fuseau, comme Europe/Paris.",
};
