/** What the server says in English where somebody is likely to read it, in French. */
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
