// ipx as its users serve it: pictures of a folder, made anew for each request.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, folder, port] = process.argv.slice(2);
const { createIPX, createIPXNodeServer, ipxFSStorage } = await import(
  pathToFileURL(createRequire(modules + "/").resolve("ipx"))
);
const ipx = createIPX({ storage: ipxFSStorage({ dir: folder }) });
createServer(createIPXNodeServer(ipx)).listen(Number(port), "127.0.0.1");
