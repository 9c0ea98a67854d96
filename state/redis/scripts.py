"""The Lua scripts of level 2: each is one atomic step in Redis.

One hash per log, the *ledger*, holds what all values stand or fall by:

    generation   part of every value's key; a new one leaves all older values behind
    applied      the log's position up to which every change has been applied to the values
    floor        the position behind which all changes of a key are in the ledger
    order        the newest cache order carried out
    v:<key>      the version a change behind the floor has raised a key to (the tombstone)
    o:<number>   this cache order has been carried out

The invariant: a value in the ledger's generation is at least as new as log position ``applied``.
Everything is in one key so that Redis can only lose it as a whole; what is lost is noticed.
A value is its version in 20 digits, then the state's JSON (nothing for "there is none").
"""

APPLY = """
-- Raises the keys in ARGV[5..] = key, version, ... to what the changes in (from, to] made them.
local ledger, values = KEYS[1], KEYS[2]
local from, to = tonumber(ARGV[1]), tonumber(ARGV[2])
local known = redis.call('HMGET', ledger, 'generation', 'applied', 'order')
if not known[1] then return {'none', '', '0'} end
local applied = tonumber(known[2])
if applied < from then return {'gap', known[1], known[2]} end
if applied < to then
  if redis.call('HLEN', ledger) > tonumber(ARGV[3]) then
    redis.call('UNLINK', ledger)
    redis.call('HSET', ledger, 'generation', known[1], 'floor', known[2], 'order', known[3])
  end
  for i = 5, #ARGV, 2 do
    local key, version = ARGV[i], tonumber(ARGV[i + 1])
    local tombstone = redis.call('HGET', ledger, 'v:' .. key)
    if not tombstone or tonumber(tombstone) < version then
      redis.call('HSET', ledger, 'v:' .. key, ARGV[i + 1])
    end
    local address = values .. known[1] .. ':' .. key
    local held = redis.call('GETRANGE', address, 0, 19)
    if held ~= '' and tonumber(held) < version then redis.call('UNLINK', address) end
  end
  known[2] = ARGV[2]
end
-- Also when nothing has changed: a Redis that is full, or a replica, refuses this at once.
redis.call('HSET', ledger, 'applied', known[2])
redis.call('EXPIRE', ledger, ARGV[4])
return {'ok', known[1], known[2]}
"""

BEGIN = """
-- A new generation at a position, unless somebody else has begun one.
local ledger = KEYS[1]
if (redis.call('HGET', ledger, 'generation') or '') ~= ARGV[1] then return 0 end
redis.call('UNLINK', ledger)
redis.call('HSET', ledger, 'generation', ARGV[2], 'applied', ARGV[3], 'floor', ARGV[3],
           'order', ARGV[4])
redis.call('EXPIRE', ledger, ARGV[5])
return 1
"""

PUT = """
-- Keeps the values in ARGV[2..] = key, version, position, order, ttl, value, ... that are not older
-- than what is known. "position" is where the log stood before the value was read.
local ledger, values = KEYS[1], KEYS[2]
local known = redis.call('HMGET', ledger, 'generation', 'floor', 'order')
if known[1] ~= ARGV[1] then return -1 end
local kept = 0
for i = 2, #ARGV, 6 do
  local key, version = ARGV[i], tonumber(ARGV[i + 1])
  if tonumber(ARGV[i + 2]) >= tonumber(known[2]) and tonumber(ARGV[i + 3]) >= tonumber(known[3])
  then
    local tombstone = redis.call('HGET', ledger, 'v:' .. key)
    if not tombstone or tonumber(tombstone) <= version then
      local address = values .. known[1] .. ':' .. key
      local held = redis.call('GETRANGE', address, 0, 19)
      if held == '' or tonumber(held) < version then
        redis.call('SET', address, ARGV[i + 5], 'EX', ARGV[i + 4])
        kept = kept + 1
      end
    end
  end
end
return kept
"""

ORDER = """
-- The generation in which a cache order is still to be carried out, or nothing. Values that were
-- read before the order may not land any more.
local ledger = KEYS[1]
local known = redis.call('HMGET', ledger, 'generation', 'order', 'o:' .. ARGV[1])
if not known[1] or known[3] then return '' end
if tonumber(known[2]) < tonumber(ARGV[1]) then redis.call('HSET', ledger, 'order', ARGV[1]) end
return known[1]
"""
