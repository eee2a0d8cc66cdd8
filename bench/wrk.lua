-- Sends the requests of a file, one after the other and none twice: wrk … -s wrk.lua URL -- FILE [again]
-- `again` starts over at the end of the file, for a server that keeps nothing. Without it, running out ends wrk with exit code 3.

local file, again

function init(args)
   file = assert(io.open(args[1], "rb"))
   file:setvbuf("full", 1048576)
   again = args[2] == "again"
end

function request()
   local length = file:read(8)
   if not length and again then
      file:seek("set", 0)
      length = file:read(8)
   end
   if not length then
      os.exit(3)
   end
   return file:read(tonumber(length))
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      'RESULT {"requests": %d, "microseconds": %d, "failed": %d, "p50": %d, "p90": %d, "p99": %d, "p999": %d, "max": %d}\n',
      summary.requests, summary.duration,
      errors.connect + errors.read + errors.write + errors.timeout + errors.status,
      latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9), latency.max))
end
