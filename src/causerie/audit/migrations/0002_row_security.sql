-- No user reads the trail as themselves: who may read it is asked before.
SELECT foundation.protect('audit.audit_logs');
SELECT foundation.protect('audit.security_events');
SELECT foundation.protect('audit.pending');
