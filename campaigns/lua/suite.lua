-- usage: lua suite.lua FOLDER-TO-WRITE-IN
--
-- A basic suite of Lua 5.4 of our own: Debian's source package has none. Each part asserts, and
-- then prints what it computed, so that two builds of Lua can be compared by their output.
local scratch = assert(arg[1], "name a folder to write in")
package.path = (arg[0]:match("^(.*)/") or ".") .. "/?.lua"

local count = 0
local function part(name, body)
    local result = body()
    count = count + 1
    print(("ok %d %s: %s"):format(count, name, tostring(result)))
end

local function same(a, b)
    if a ~= b then
        error(("%s is not %s"):format(tostring(a), tostring(b)), 2)
    end
end

local function fails(pattern, body, ...)
    local fine, message = pcall(body, ...)
    same(fine, false)
    assert(tostring(message):find(pattern), message)
end

part("closures", function()
    local function counter()
        local n = 0
        return function() n = n + 1 return n end, function() return n end
    end
    local step, look = counter()
    for _ = 1, 5 do step() end
    same(look(), 5)
    local kept = {}
    for i = 1, 3 do kept[i] = function() i = i + 1 return i end end
    same(kept[1]() + kept[1]() + kept[3](), 2 + 3 + 4)
    local function sum(...) local s = 0 for _, v in ipairs({...}) do s = s + v end return s end
    return sum(1, 2, 3, select("#", nil, nil))
end)

part("tail calls and recursion", function()
    local function loop(n) if n == 0 then return "done" end return loop(n - 1) end
    same(loop(1000000), "done")
    fails("stack overflow", function() local function deep() return 1 + deep() end deep() end)
    local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
    return fib(24)
end)

part("coroutines", function()
    local function permutations(list, n)
        n = n or #list
        if n <= 1 then coroutine.yield(table.concat(list)) return end
        for i = 1, n do
            list[n], list[i] = list[i], list[n]
            permutations(list, n - 1)
            list[n], list[i] = list[i], list[n]
        end
    end
    local seen = {}
    for word in coroutine.wrap(function() permutations({"a", "b", "c", "d"}) end) do
        seen[#seen + 1] = word
    end
    local thread = coroutine.create(function(a) local b = coroutine.yield(a * 2) error({b}) end)
    same(select(2, coroutine.resume(thread, 21)), 42)
    local fine, raised = coroutine.resume(thread, "x")
    same(fine, false)
    same(raised[1], "x")
    same(coroutine.status(thread), "dead")
    same(select(2, coroutine.resume(thread)), "cannot resume dead coroutine")
    local closed = false
    local held = coroutine.create(function()
        local guard <close> = setmetatable({}, {__close = function() closed = true end})
        coroutine.yield()
    end)
    coroutine.resume(held)
    same(coroutine.close(held), true)
    same(closed, true)
    table.sort(seen)
    return table.concat(seen, " ", 1, 6)
end)

part("metatables", function()
    local Point = {}
    Point.__index = Point
    Point.__add = function(a, b) return setmetatable({x = a.x + b.x}, Point) end
    Point.__eq = function(a, b) return a.x == b.x end
    Point.__lt = function(a, b) return a.x < b.x end
    Point.__le = function(a, b) return a.x <= b.x end
    Point.__call = function(self, n) return self.x * n end
    Point.__tostring = function(self) return "Point " .. self.x end
    Point.__len = function(self) return self.x end
    Point.__concat = function(a, b) return tostring(a) .. "|" .. tostring(b) end
    Point.__unm = function(self) return setmetatable({x = -self.x}, Point) end
    Point.__idiv = function(self, n) return self.x // n end
    Point.__band = function(self, n) return self.x & n end
    local a, b = setmetatable({x = 6}, Point), setmetatable({x = 7}, Point)
    assert(a + b == setmetatable({x = 13}, Point) and a < b and a <= b and not (a == b))
    same(a(7), 42)
    same(#b, 7)
    same((-a).x, -6)
    same(a // 4, 1)
    same(b & 3, 3)
    local log = {}
    local proxy = setmetatable({}, {
        __index = function(_, key) log[#log + 1] = key return key .. "!" end,
        __newindex = function(table, key, value) rawset(table, key, value * 2) end,
        __pairs = function() return function(_, k) if not k then return 1, "one" end end end,
    })
    proxy.n = 4
    same(proxy.n + #proxy.missing, 16)
    for k, v in pairs(proxy) do same(k .. v, "1one") end
    fails("attempt to perform arithmetic on a table value", function() return {} + 1 end)
    fails("protected", function()
        setmetatable(setmetatable({}, {__metatable = "locked"}), {})
    end)
    return a .. b
end)

part("string patterns", function()
    same(("key = value # c"):match("^(%w+)%s*=%s*(%w+)"), "key")
    same(("THE (quick) fox"):find("%((%a+)%)"), 5)
    same(("f(a(b)c)d"):match("%b()"), "(a(b)c)")
    same(("THE (quick) fox"):gsub("%f[%a]%a+", string.lower), "the (quick) fox")
    same(("hello world"):gsub("o", {o = "0"}, 1), "hell0 world")
    same(("abc"):gsub("%w", "%0%0"), "aabbcc")
    same(("a,b,,c"):gsub(",", ";"), "a;b;;c")
    same(select(2, ("a,b,,c"):gsub(",", ";")), 3)
    local words = {}
    for word, at in ("one two  three"):gmatch("(%a+)()") do words[#words + 1] = word .. at end
    fails("malformed pattern", string.find, "a", "[a")
    fails("pattern too complex", string.find, ("x"):rep(300000), (".-"):rep(300000) .. "y")
    return table.concat(words, ",")
end)

part("string format and bytes", function()
    same(("%5d|%-5d|%05d|%+d"):format(42, 42, 42, 42), "   42|42   |00042|+42")
    same(("%x %X %o %c %q"):format(255, 255, 8, 65, 'a"b\n'), 'ff FF 10 A "a\\"b\\\n"')
    same(("%.3f %e %g %a"):format(1 / 3, 12345.678, 1e20, 1.0), "0.333 1.234568e+04 1e+20 0x1p+0")
    same(("%s %10.3s|"):format(nil, "abcdef"), "nil        abc|")
    same(("%q"):format(math.mininteger), "0x8000000000000000")
    same(("abc"):rep(3, "-"), "abc-abc-abc")
    same(("hello"):sub(-3, -2), "ll")
    same(("hello"):byte(-1), 111)
    same(("abc"):reverse():upper(), "CBA")
    local packed = string.pack("<i4 >I2 z s1 d", -2, 513, "zero", "one", 0.5)
    local i, u, z, s, d = string.unpack("<i4 >I2 z s1 d", packed)
    same(("%d %d %s %s %g"):format(i, u, z, s, d), "-2 513 zero one 0.5")
    fails("bad argument #1 to '.*format'", string.format)
    return #packed
end)

part("tables", function()
    local list = {}
    local seed = 42
    for i = 1, 2000 do
        seed = (seed * 1103515245 + 12345) & 0x7fffffff
        list[i] = seed % 1000
    end
    table.sort(list)
    for i = 2, #list do assert(list[i - 1] <= list[i]) end
    table.sort(list, function(a, b) return a > b end)
    for i = 2, #list do assert(list[i - 1] >= list[i]) end
    fails("invalid order function", table.sort, {3, 1, 2, 5, 4, 9, 7, 8}, function() return true end)
    local t = table.pack(table.unpack({1, 2, nil, 4}, 1, 4))
    same(t.n, 4)
    table.insert(list, 1, "first")
    same(table.remove(list, 1), "first")
    same(table.concat(table.move({1, 2, 3}, 1, 3, 2), ","), "1,1,2,3")
    local hash = {}
    for i = 1, 5000 do hash["k" .. i] = i end
    for i = 1, 5000, 2 do hash["k" .. i] = nil end
    local n, total = 0, 0
    for _, v in pairs(hash) do n, total = n + 1, total + v end
    same(n, 2500)
    same(next({}), nil)
    return total
end)

part("arithmetic", function()
    same(7 // 2, 3)
    same(-7 // 2, -4)
    same(-7 % 3, 2)
    same(7 % -3, -2)
    same(-7.5 % 2, 0.5)
    same(7 / 2, 3.5)
    same(2 ^ 10, 1024.0)
    same(1 << 62, 4611686018427387904)
    same(~0, -1)
    same(5 ~ 3, 6)
    same(-1 >> 60, 15)
    same(math.maxinteger + 1, math.mininteger)
    same(math.maxinteger // -1, -math.maxinteger)
    same(math.mininteger // -1, math.mininteger)
    same("10" + 5, 15)
    same("0x10" * "2", 32)
    same(10 == 10.0, true)
    same(math.type(3) .. math.type(3.0) .. tostring(math.type("3")), "integerfloatnil")
    same(math.tointeger(3.0), 3)
    same(tostring(3.0) .. tostring(1e100) .. tostring(-0.0), "3.01e+100-0.0")
    same(tostring(1 / 0) .. tostring(-1 / 0), "inf-inf")
    assert(0 / 0 ~= 0 / 0 and math.ult(1, -1) and 1 < 1.5 and math.maxinteger < math.huge)
    same(tonumber("  0x1p4  "), 16.0)
    same(tonumber("zz", 36), 1295)
    same(tonumber("1e"), nil)
    fails("attempt to perform 'n%%+0'", function() return 1 % 0 end)
    fails("attempt to divide by zero", function() return 1 // 0 end)
    fails("number has no integer representation", function() return 1.5 | 1 end)
    local s = 0.0
    for x = 1, 2, 0.125 do s = s + math.sin(x) * math.sqrt(x) - math.log(x, 2) + math.exp(-x) end
    for i = math.maxinteger - 1, math.maxinteger do s = s + (i & 1) end
    return ("%.12f"):format(s)
end)

part("goto and loops", function()
    local primes = {}
    for n = 2, 60 do
        for d = 2, n - 1 do
            if d * d > n then break end
            if n % d == 0 then goto continue end
        end
        primes[#primes + 1] = n
        ::continue::
    end
    local i = 0
    repeat local done = i >= 3 i = i + 1 until done
    same(i, 4)
    assert(not load("goto nowhere"))
    assert(not load("break"))
    return table.concat(primes, " ")
end)

part("errors", function()
    local fine, message = pcall(error, "plain", 0)
    same(fine, false)
    same(message, "plain")
    fails("suite.lua:%d+: here", function() error("here") end)
    fails("attempt to index a nil value %(local 'nothing'%)", function()
        local nothing
        return nothing.field
    end)
    fails("attempt to call a number value", function() local n = 1 n() end)
    fails("attempt to compare number with nil", function() return 1 < nil end)
    fails("attempt to concatenate a table value", function() return "a" .. {} end)
    same(select(2, xpcall(function() error({code = 7}) end, function(e) return e.code end)), 7)
    assert(select(2, xpcall(error, debug.traceback, "why")):find("stack traceback"))
    local order = {}
    pcall(function()
        local a <close> = setmetatable({}, {__close = function(_, e) order[#order + 1] = "a" .. e end})
        local b <close> = setmetatable({}, {__close = function() order[#order + 1] = "b" end})
        error("!", 0)
    end)
    local const <const> = 5
    assert(not load("local c <const> = 1; c = 2"))
    same(const, 5)
    return table.concat(order, " ")
end)

part("garbage collection", function()
    local weak = setmetatable({}, {__mode = "k"})
    local collected = 0
    for i = 1, 100 do
        weak[setmetatable({}, {__gc = function() collected = collected + 1 end})] = i
    end
    collectgarbage()
    collectgarbage()
    same(next(weak), nil)
    same(collected, 100)
    collectgarbage("generational")
    local junk = {}
    for i = 1, 20000 do junk[i % 100] = {("x"):rep(i % 50), i} end
    collectgarbage("incremental")
    for i = 1, 20000 do junk[i % 100] = {("y"):rep(i % 50), i} end
    collectgarbage("stop")
    same(collectgarbage("isrunning"), false)
    collectgarbage("restart")
    return collected
end)

part("io and os", function()
    local path = scratch .. "/suite.txt"
    local file = assert(io.open(path, "wb"))
    file:setvbuf("full", 64)
    assert(file:write("first\n", 2, "\n", 3.5, "\n0x10 -7e1 rest\n"))
    same(file:seek("set", 0), 0)
    file:close()
    same(io.type(file), "closed file")
    local lines = {}
    for line in io.lines(path) do lines[#lines + 1] = line end
    same(#lines, 4)
    file = assert(io.open(path))
    same(file:read("L"), "first\n")
    local a, b, c, d = file:read("n", "n", "n", "n")
    same(a + b + c + d, 2 + 3.5 + 16 - 70)
    same(file:read("a"), " rest\n")
    same(file:read("l"), nil)
    file:close()
    assert(os.rename(path, path .. ".2"))
    assert(os.remove(path .. ".2"))
    local missing, message, code = io.open(path)
    same(missing, nil)
    assert(message:find("No such file"))
    same(code, 2)
    local pipe = assert(io.popen("printf '%s' piped"))
    same(pipe:read("a"), "piped")
    same(pipe:close(), true)
    same(select(3, os.execute("exit 3")), 3)
    same(os.date("!%Y-%m-%d %H:%M:%S", 86400), "1970-01-02 00:00:00")
    same(os.time({year = 2001, month = 1, day = 31, hour = 12}) -
         os.time({year = 2001, month = 1, day = 30, hour = 12}), 86400)
    same(os.getenv("LTOGEN_SUITE_HAS_NO_SUCH_NAME"), nil)
    return table.concat(lines, "/")
end)

part("utf8", function()
    local text = "aé€😀"
    same(utf8.len(text), 4)
    same(utf8.char(97, 233, 8364, 128512), text)
    same(utf8.codepoint(text, utf8.offset(text, 3)), 8364)
    local points = {}
    for at, point in utf8.codes(text) do points[#points + 1] = at .. ":" .. point end
    same(select(2, utf8.len("ab\xff")), 3)
    same("\u{20AC}", "€")
    local whole = {}
    for character in text:gmatch(utf8.charpattern) do whole[#whole + 1] = character end
    same(#whole, 4)
    return table.concat(points, " ")
end)

part("load and dump", function()
    same(load("return 1 + ...")(41), 42)
    local pieces = {"return ", "x", " * 2"}
    local n = 0
    local chunk = load(function() n = n + 1 return pieces[n] end, "=chunk", "t", {x = 21})
    same(chunk(), 42)
    local dumped = string.dump(function(a, b) return a .. b, #a end, true)
    same(load(dumped, "dumped", "b")("he", "llo"), "hello")
    fails("attempt to load a binary chunk", function() assert(load(dumped, "dumped", "t")) end)
    local bad, message = load("x = = 1", "=bad")
    same(bad, nil)
    same(message, "bad:1: unexpected symbol near '='")
    local long = {}
    for i = 1, 3000 do long[i] = ("local v%d = %d; t[%d] = v%d"):format(i % 150, i, i, i % 150) end
    local source = "local t = {} do " .. table.concat(long, " end do ") .. " end return #t"
    return load(source)()
end)

part("require", function()
    local greeting = require("greeting")
    same(require("greeting"), greeting)
    same(package.loaded.greeting, greeting)
    same(greeting.loaded, "greeting")
    package.preload.made = function(name) return {name = name} end
    same(require("made").name, "made")
    fails("module 'not_there' not found", require, "not_there")
    return greeting.say("module")
end)

part("debug", function()
    local function f(a, b) local c = a return debug.getlocal(1, 3), debug.getinfo(1, "Slnu"), b, c end
    local name, info = f(1, 2)
    same(name .. info.name .. info.nparams .. info.what, "cf2Lua")
    local calls = 0
    debug.sethook(function() calls = calls + 1 end, "l")
    local x = 1
    x = x + 1
    debug.sethook()
    assert(calls >= 2)
    return debug.getupvalue(function() return x end, 1)
end)

part("a longer program", function()
    local size, found = 8, 0
    local columns, rising, falling = {}, {}, {}
    local function place(row)
        if row > size then found = found + 1 return end
        for c = 1, size do
            if not (columns[c] or rising[row + c] or falling[row - c]) then
                columns[c], rising[row + c], falling[row - c] = true, true, true
                place(row + 1)
                columns[c], rising[row + c], falling[row - c] = nil, nil, nil
            end
        end
    end
    place(1)
    same(found, 92)
    local digest = 5381
    for i = 1, 200000 do digest = (digest * 33 ~ i) & 0xffffffff end
    return ("%d queens, %08x"):format(found, digest)
end)

print("ok " .. count)
