-- One compare-and-swap as the store does it for a write that comes alone: two round trips, the
-- row locked in the first, the row, the log and the notification in the second.
\set number random(1, :ids)
\startpipeline
begin;
set local transaction_timeout = '10s';
select id, version, live, document, created_at, updated_at, lock_id, lock_token_digest, lock_expires_at from state_agentstate where id = any(array['agent-' || :number]) order by id for update;
select clock_timestamp();
\endpipeline
\startpipeline
update state_agentstate as s set version = s.version + 1, live = true, document = :document, created_at = s.created_at, updated_at = clock_timestamp(), status = 'Ready', agent_type = 'Bench' where s.id = 'agent-' || :number;
select pg_advisory_xact_lock(71284);
insert into state_changerecord (kind, state_id, version, change_type, updated_at, actor, reason, old_values, new_values, document, batch, at) select 'agent', id, version, 'Updated', updated_at, 'pgbench', '', '{"performanceMetrics":{"step":1000000}}', '{"performanceMetrics":{"step":1000001}}', null, null, greatest(clock_timestamp(), (select at from state_changerecord order by seq desc limit 1)) from state_agentstate where id = 'agent-' || :number;
select pg_notify('lightning_changes', '');
commit;
\endpipeline
