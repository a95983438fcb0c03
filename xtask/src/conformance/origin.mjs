// Starts the suite's own server: argument 1 is the suite's directory, which is also the working directory.
//
// The server listens on every address of the machine and serves the files of its directory; here it is bound to the
// loopback. Port 0 is any free one. Which one it is, and all else that the server prints, goes to standard error, as the
// node's own words do.

import net from 'node:net'
import { pathToFileURL } from 'node:url'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function () {
  return listen.call(this, 0, '127.0.0.1')
}

console.log = console.error

process.env.npm_config_protocol = 'http'
process.env.npm_config_port = '0'
process.env.npm_config_pidfile = '/dev/null'

await import(pathToFileURL(`${process.argv[2]}/server/server.mjs`))
