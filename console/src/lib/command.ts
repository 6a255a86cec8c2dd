// The command that enrols a computer: it writes the bootstrap file for its
// owner alone and starts the agent with it.
import type { Schemas } from "../api/client";

const FILE = "/etc/warifu/agent-bootstrap.json";

// One word of a shell, whatever is in it.
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

export function enrolCommand(bootstrap: Schemas["Bootstrap"], server: string): string {
  const text = JSON.stringify({ ...bootstrap, server });
  return [
    "install -d -m 0755 /etc/warifu",
    `(umask 077; printf '%s\\n' ${quote(text)} > ${FILE})`,
    `warifu-agent --bootstrap-file ${FILE}`,
  ].join(" && \\\n");
}
