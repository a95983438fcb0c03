// sharp as a process that is asked for one picture after another.
//
// A request is a line of JSON on standard input: the file of the source, what to make of it, where to write it, and how
// often. The answer is a line with the CPU time of each run, all threads of the process together, in milliseconds.
// Sources are in memory before a run begins, as they are for the component that sharp is compared with.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const sharp = createRequire(process.argv[2] + "/")("sharp");
sharp.concurrency(1);
sharp.cache(false);
sharp.simd(true);

async function make(source, { options, resize, flatten, format, settings }) {
  let image = sharp(source, { limitInputPixels: false, ...options }).autoOrient();
  if (resize) image = image.resize(resize);
  if (flatten) image = image.flatten({ background: "#ffffff" });
  if (format === "raw") image = image.toColourspace("srgb");
  return image.toFormat(format, settings).toBuffer({ resolveWithObject: true });
}

console.log(JSON.stringify({ sharp: sharp.versions.sharp, vips: sharp.versions.vips }));

let held = {};
for await (const line of createInterface({ input: process.stdin })) {
  const { source, work, output, runs } = JSON.parse(line);
  const written = statSync(source, { bigint: true }).mtimeNs;
  if (held.source !== source || held.written !== written) held = { source, written, bytes: readFileSync(source) };
  const times = [];
  let made;
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    made = await make(held.bytes, work);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  writeFileSync(output, made.data);
  const { width, height, channels } = made.info;
  console.log(JSON.stringify({ times, width, height, channels }));
}
