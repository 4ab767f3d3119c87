-- Who changes a limit is recorded, whoever does it and by whatever way.
SELECT audit.watch(
    'limits.rules', 'action', 'warning',
    '{amount,period_seconds,burst,algorithm,factors,changed_by}');
