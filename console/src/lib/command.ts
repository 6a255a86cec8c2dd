// The commands that enrol a computer. Those of the installer come from the
// server, with a word in the place of the token.
import type { Schemas } from "../api/client";

const FILE = "/etc/warifu/agent-bootstrap.json";
const PLACEHOLDER = "'TOKEN'";

// One word of a shell, whatever is in it.
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

// With the agent installed already: it writes the bootstrap file for its owner
// alone and starts the agent with it.
export function enrolCommand(bootstrap: Schemas["Bootstrap"], server: string): string {
  const text = JSON.stringify({ ...bootstrap, server });
  return [
    "install -d -m 0755 /etc/warifu",
    `(umask 077; printf '%s\\n' ${quote(text)} > ${FILE})`,
    `warifu-agent --bootstrap-file ${FILE}`,
  ].join(" && \\\n");
}

// The server's command with the token in it.
export function installCommand(command: string, secret: string): string {
  return command.split(PLACEHOLDER).join(quote(secret));
}

// What may be the server's name in a command: the server refuses the rest.
export function isServerName(name: string): boolean {
  return name.length <= 253 && (/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name) || /^[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*$/.test(name));
}
