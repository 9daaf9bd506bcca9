-- Writes one row of a view into its entity's hash, if it is newer than what is stored.
-- KEYS[1]: the hash. ARGV: the names of the fields of time and of version, the row's version (16 bytes) and time, after
-- how many milliseconds to forget it (0 for never), then for each feature its field and value.
-- Answers what (asOfMs, sequence) was stored before, 16 bytes, none if nothing was. FeastLayout draws the fields.
local function newer(a, b)
  for at = 1, 9, 8 do
    local ah, al = struct.unpack('>i4I4', a, at)
    local bh, bl = struct.unpack('>i4I4', b, at)
    if ah ~= bh then
      return ah > bh
    end
    if al ~= bl then
      return al > bl
    end
  end
  return false
end

-- The version of a row that Feast wrote: its google.protobuf.Timestamp as milliseconds, and the lowest sequence.
local function foreign(time)
  local parts = {0, 0}
  local at = 1
  while at <= #time do
    local field = math.floor(string.byte(time, at) / 8)
    local value, shift, byte = 0, 1, 128
    while byte >= 128 do
      at = at + 1
      byte = string.byte(time, at)
      value = value + (byte % 128) * shift
      shift = shift * 128
    end
    at = at + 1
    if value >= 9223372036854775808 then
      value = value - 18446744073709551616
    end
    parts[field] = value
  end
  local millis = parts[1] * 1000 + math.floor(parts[2] / 1000000)
  return struct.pack('>i4I4', math.floor(millis / 4294967296), millis % 4294967296) .. '\128\0\0\0\0\0\0\0'
end

local key = KEYS[1]
local stored = redis.call('HMGET', key, ARGV[1], ARGV[2])
local before = ''
if stored[1] then
  if stored[2] and string.sub(stored[2], 17) == stored[1] then
    before = string.sub(stored[2], 1, 16)
  else
    before = foreign(stored[1])
  end
end
if before == '' or newer(ARGV[3], before) then
  local lives = redis.call('PTTL', key)
  local fields = {ARGV[1], ARGV[4], ARGV[2], ARGV[3] .. ARGV[4]}
  for i = 6, #ARGV do
    fields[#fields + 1] = ARGV[i]
  end
  redis.call('HSET', key, unpack(fields))
  -- Views share the hash: it lives as long as the one that lives longest.
  local expiry = tonumber(ARGV[5])
  if expiry == 0 then
    redis.call('PERSIST', key)
  elseif lives ~= -1 and lives < expiry then
    redis.call('PEXPIRE', key, ARGV[5])
  end
end
return before
