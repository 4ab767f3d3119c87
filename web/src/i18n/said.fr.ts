/** What the server says in English where somebody is likely to read it, in French; {n} is a number. */
export const said: Readonly<Record<string, string>> = {
  "The username or the password is wrong":
    "Le nom d’utilisateur ou le mot de passe n’est pas le bon.",
  "The code is wrong or was used before": "Le code n’est pas le bon, ou a déjà servi.",
  "This username is taken": "Ce nom d’utilisateur est déjà pris.",
  "Registration is closed on this server": "Ce serveur n’accepte pas de nouveaux comptes.",
  "Registration on this server needs an invitation":
    "Il faut une invitation pour créer un compte sur ce serveur.",
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
};
