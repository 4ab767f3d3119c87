-- From where somebody logs in, and who guesses at whom: for no reader.
SELECT foundation.protect('limits.guesses');
SELECT foundation.protect('limits.known_places');
SELECT foundation.protect('limits.blocks');
