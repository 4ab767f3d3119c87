-- What users report and moderators decide, and what rooms ask of the filter, is on record as sanctions are.
SELECT audit.watch(
    'moderation.reports', 'id', 'info',
    '{reporter_id,subject_id,message_id,reason,state,decided_by}');
SELECT audit.watch(
    'moderation.room_filters', 'conversation_id', 'warning', '{size,structure,meaning,changed_by}');
SELECT audit.watch('moderation.breaches', 'rule', 'critical', '{points}');
SELECT audit.watch('moderation.decay', 'is_only', 'critical', '{half_life_seconds}');
