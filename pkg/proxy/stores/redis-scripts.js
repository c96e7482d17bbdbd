// The store's operations in Lua. crates/proxy/src/store.rs says what each means.
//
// KEYS[1] is the shard, with a hash tag in it; what a script needs besides lies under it, so a cluster has all of it on
// the same server. ARGV[1] is the proxy's time, and it alone decides what has ended: the server's own clock only frees
// memory, by spans and with a margin, so that a clock which is off forgets nothing early.
//
//   {shard}:r:KEY      hash    a record: fingerprint, token, lease, keep, since, claims, taken (what each claim was
//                              before, where it was another record's), and status, body when done
//   {shard}:c:COUNTER  hash    claims: id -> amount|end|settled|holder
//   {shard}:h:COUNTER  string  a window: count|end
//   value:{KEY}        string  a value: end|text

const SHARED = `
local base, now = KEYS[1], tonumber(ARGV[1])
local function whole(number) return string.format('%.0f', number) end
local function forget(key, at) redis.call('PEXPIRE', key, whole(math.max(at - now, 0) + 60000)) end
local function record_of(key) return base .. ':r:' .. key end
local function counter_of(name) return base .. ':c:' .. name end
local function read(record)
  local names = {'fingerprint', 'token', 'lease', 'keep', 'since', 'status', 'body', 'claims', 'taken'}
  local found = redis.call('HMGET', record, unpack(names))
  if not found[1] or tonumber(found[4]) <= now then return nil end
  local fields = {}
  for at, name in ipairs(names) do fields[name] = found[at] end
  return fields
end
local function claim(text)
  local amount, ends, settled, holder = string.match(text, '^(%-?%d+)|(%d*)|([01])|(.*)$')
  return {amount = tonumber(amount), ends = tonumber(ends), settled = settled == '1', holder = holder}
end
local function text_of(entry)
  return whole(entry.amount) .. '|' .. (entry.ends and whole(entry.ends) or '') .. '|'
    .. (entry.settled and '1' or '0') .. '|' .. entry.holder
end
local function open(counter)
  local all, live = redis.call('HGETALL', counter), {}
  for at = 1, #all, 2 do
    local entry = claim(all[at + 1])
    if entry.ends and entry.ends <= now then redis.call('HDEL', counter, all[at]) else live[all[at]] = entry end
  end
  return live
end
local function last_end(live)
  local last = nil
  for _, entry in pairs(live) do
    if not entry.ends then return nil end
    last = math.max(last or 0, entry.ends)
  end
  return last
end
local function each_claim(key, fields, visit)
  local taken = cjson.decode(fields.taken or '[]')
  for at, wanted in ipairs(cjson.decode(fields.claims)) do
    local counter = counter_of(wanted.counter)
    local text = redis.call('HGET', counter, wanted.id)
    if text then
      local entry = claim(text)
      if entry.holder == key then visit(counter, wanted.id, entry, taken[at] or '') end
    end
  end
end
`;

const reserve = `${SHARED}
local key, fingerprint, resume, lease, keep, token = unpack(ARGV, 2, 7)
local record = record_of(key)
local found = read(record)
if found then
  if found.fingerprint ~= fingerprint then return {'conflict'} end
  if found.status then return {'done', found.status, found.body} end
  -- A client that lost its connection sends again what was carried out already.
  if found.token == token then return {'reserved', token, found.since} end
  if tonumber(found.lease) > now then return {'held', found.lease} end
  if resume == '0' then return {'unknown'} end
  local longer = math.max(tonumber(found.keep), tonumber(keep))
  redis.call('HSET', record, 'token', token, 'lease', lease, 'keep', whole(longer))
  forget(record, longer)
  return {'reserved', token, found.since}
end
local claims = cjson.decode(ARGV[8])
local counters = {}
local limit, latest = nil, nil
for at, wanted in ipairs(claims) do
  local live = open(counter_of(wanted.counter))
  counters[at] = live
  local other, full = live[wanted.id], false
  if other then
    local holder = not other.settled and read(record_of(other.holder))
    full = other.settled or (holder and tonumber(holder.lease) > now)
  else
    local sum = wanted.amount
    for _, entry in pairs(live) do sum = sum + entry.amount end
    full = sum > wanted.max
  end
  if full then
    -- Without an end is last of all.
    local last = last_end(live)
    if not limit or (latest and (not last or last > latest)) then limit, latest = wanted.counter, last end
  end
end
if limit then return {'limit', limit, latest and whole(latest) or ''} end
if ARGV[9] == '1' then return {'ok'} end
local taken = {}
for at, wanted in ipairs(claims) do
  local ends = wanted.expiresAt
  if ends == cjson.null then ends = nil end
  local entry = {amount = wanted.amount, ends = ends, settled = false, holder = key}
  local counter, live = counter_of(wanted.counter), counters[at]
  taken[at] = live[wanted.id] and text_of(live[wanted.id]) or ''
  redis.call('HSET', counter, wanted.id, text_of(entry))
  live[wanted.id] = entry
  local last = last_end(live)
  if last then forget(counter, last) else redis.call('PERSIST', counter) end
end
redis.call('DEL', record)
redis.call('HSET', record, 'fingerprint', fingerprint, 'token', token, 'lease', lease, 'keep', keep,
  'since', ARGV[1], 'claims', ARGV[8], 'taken', cjson.encode(taken))
forget(record, tonumber(keep))
return {'reserved', token, ARGV[1]}
`;

const settle = `${SHARED}
local key, token, status, body, keep = unpack(ARGV, 2, 6)
local record = record_of(key)
local found = read(record)
if not found or found.status or found.token ~= token then return {'lost'} end
redis.call('HSET', record, 'status', status, 'body', body, 'keep', keep)
forget(record, tonumber(keep))
each_claim(key, found, function(counter, id, entry)
  entry.settled = true
  redis.call('HSET', counter, id, text_of(entry))
end)
return {'ok'}
`;

const release = `${SHARED}
local key, token, undo = unpack(ARGV, 2, 4)
local record = record_of(key)
local found = read(record)
if not found or found.status or found.token ~= token then return {'lost'} end
if undo == '0' then
  redis.call('HSET', record, 'lease', ARGV[1])
  return {'ok'}
end
each_claim(key, found, function(counter, id, entry, before)
  if before == '' or (entry.ends and entry.ends <= now) then redis.call('HDEL', counter, id) else redis.call('HSET', counter, id, before) end
end)
redis.call('DEL', record)
return {'ok'}
`;

const hit = `${SHARED}
local windows = cjson.decode(ARGV[2])
local counts = {}
for at, window in ipairs(windows) do
  local text = redis.call('GET', base .. ':h:' .. window.counter)
  local count, ends = string.match(text or '', '^(%d+)|(%d+)$')
  counts[at] = ends and tonumber(ends) > now and tonumber(count) or 0
end
for at, window in ipairs(windows) do
  if counts[at] >= window.max then return {'limit', window.counter, whole(window.expiresAt)} end
end
local reply = {'ok'}
for at, window in ipairs(windows) do
  local counter = base .. ':h:' .. window.counter
  redis.call('SET', counter, whole(counts[at] + 1) .. '|' .. whole(window.expiresAt))
  forget(counter, window.expiresAt)
  reply[at + 1] = whole(window.max - counts[at] - 1)
end
return reply
`;

const unhit = `${SHARED}
for _, window in ipairs(cjson.decode(ARGV[2])) do
  local counter = base .. ':h:' .. window.counter
  local count, ends = string.match(redis.call('GET', counter) or '', '^(%d+)|(%d+)$')
  if ends and tonumber(ends) == window.expiresAt and tonumber(count) > 0 then
    redis.call('SET', counter, whole(tonumber(count) - 1) .. '|' .. ends)
    forget(counter, window.expiresAt)
  end
end
return {'ok'}
`;

const VALUE = `${SHARED}
local function value()
  local text = redis.call('GET', base)
  local ends, from = string.match(text or '', '^(%d+)|()')
  if ends and tonumber(ends) > now then return string.sub(text, from) end
end
`;

const get = `${VALUE}
return {value()}
`;

const put = `${VALUE}
local text, only_new, ends = unpack(ARGV, 2, 4)
if only_new == '1' and value() then return {'exists'} end
redis.call('SET', base, ends .. '|' .. text)
forget(base, tonumber(ends))
return {'ok'}
`;

const remove = `
redis.call('DEL', KEYS[1])
return {'ok'}
`;

/** By operation. */
export const SCRIPTS = { reserve, settle, release, hit, unhit, get, put, remove };
