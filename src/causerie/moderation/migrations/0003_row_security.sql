-- Also what a user may know of a sanction is shown by the service alone: it leaves out who did it.
SELECT foundation.protect('moderation.subjects');
SELECT foundation.protect('moderation.sanctions');
SELECT foundation.protect('moderation.verdicts');
SELECT foundation.protect('moderation.lessons');
