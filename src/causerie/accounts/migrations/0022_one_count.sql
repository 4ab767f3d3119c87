-- Guesses at codes and passwords are counted by limits, as those at logins are: one count an account.
DROP TABLE accounts.attempts;
