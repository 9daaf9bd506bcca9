-- Writes packed rows where they are newer than what is stored.
-- KEYS: of rows. ARGV: for each key its row and after how many milliseconds to forget it, 0 for never.
-- Answers for each key what (asOfMs, sequence) was stored before, 16 bytes; none where nothing was.
-- The bytes compared are drawn in PackedLayout.
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

local function version(row)
  return string.sub(row, 6, 13) .. string.sub(row, 22, 29)
end

local before = {}
for i = 1, #KEYS do
  local row = ARGV[2 * i - 1]
  local stored = redis.call('GETRANGE', KEYS[i], 0, 28)
  local old = ''
  if #stored > 0 then
    if #stored < 29 or string.byte(stored) ~= 1 then
      return redis.error_reply('NOTAROW ' .. KEYS[i])
    end
    old = version(stored)
  end
  before[i] = old
  if old == '' or newer(version(row), old) then
    local expiry = ARGV[2 * i]
    if expiry == '0' then
      redis.call('SET', KEYS[i], row)
    else
      redis.call('SET', KEYS[i], row, 'PX', expiry)
    end
  end
end
return before
