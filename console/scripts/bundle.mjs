// Packs the built files into the one file that the server serves them from,
// each compressed beforehand. The layout is described in
// src/server/gateway/console_index.h.
//   node bundle.mjs FOLDER BUNDLE
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const IMMUTABLE = 1, PAGE = 2;
const IDENTITY = 0, GZIP = 1, BROTLI = 2;
const HEAD_BYTES = 12;
const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  ttf: "font/ttf",
  woff: "font/woff",
  woff2: "font/woff2",
};
const COMPRESSED_ALREADY = new Set(["woff", "woff2"]);

function filesBelow(folder, prefix = "") {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesBelow(join(folder, entry.name), `${prefix}/${entry.name}`)
      : [`${prefix}/${entry.name}`]);
}

// The preferred form first; one that saves next to nothing is left out.
function formsOf(data, extension) {
  const plain = { coding: IDENTITY, data };
  if (COMPRESSED_ALREADY.has(extension)) return [plain];
  const forms = [
    { coding: BROTLI, data: brotliCompressSync(data, { params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: data.length } }) },
    { coding: GZIP, data: gzipSync(data, { level: 9 }) },
  ].filter((form) => form.data.length < data.length * 0.95);
  return [...forms, plain];
}

function readFile(folder, path) {
  const data = readFileSync(join(folder, path));
  const extension = path.slice(path.lastIndexOf(".") + 1);
  const type = TYPES[extension];
  if (!type) throw new Error(`${path}: no media type is known for it`);
  const hash = createHash("sha256").update(data).digest("base64url").slice(0, 22);
  return {
    path, type, etag: `W/"${hash}"`, forms: formsOf(data, extension),
    flags: (path.startsWith("/assets/") ? IMMUTABLE : 0) | (path === "/index.html" ? PAGE : 0),
  };
}

function text(value) {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function entry(file, offsets) {
  const parts = [text(file.path), text(file.type), text(file.etag), Buffer.from([file.flags, file.forms.length])];
  for (const form of file.forms) {
    const bytes = Buffer.alloc(17);
    bytes.writeUInt8(form.coding, 0);
    bytes.writeBigUInt64BE(BigInt(offsets.get(form) ?? 0), 1);
    bytes.writeBigUInt64BE(BigInt(form.data.length), 9);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

function indexOf(files, offsets) {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(files.length);
  return Buffer.concat([count, ...files.map((file) => entry(file, offsets))]);
}

const [folder, target] = process.argv.slice(2);
const files = filesBelow(folder)
  .filter((path) => path !== "/manifest.json")
  .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  .map((path) => readFile(folder, path));
const head = Buffer.alloc(HEAD_BYTES);
const offsets = new Map();
// Its length does not depend on the offsets.
let at = HEAD_BYTES + indexOf(files, offsets).length;
head.write("WRFCNSL1", "latin1");
head.writeUInt32BE(at - HEAD_BYTES, 8);
for (const form of files.flatMap((file) => file.forms)) {
  offsets.set(form, at);
  at += form.data.length;
}
writeFileSync(`${target}.new`, Buffer.concat(
  [head, indexOf(files, offsets), ...files.flatMap((file) => file.forms.map((form) => form.data))]));
// A server that is being reloaded sees the old one or the new one.
renameSync(`${target}.new`, target);
console.log(`${target}: ${files.length} files, ${at} bytes`);
