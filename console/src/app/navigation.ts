// The navigation: only what works, and of that what one's role may read.
import type en from "../i18n/en.json";
import type { Module } from "../lib/may";

type Label = `nav.${keyof typeof en.nav}`;

export interface Entry {
  to: string;
  label: Label;
  // What a role must read to come there; without it everybody may.
  module?: Module;
}
export interface Group {
  id: string;
  label: Label;
  entries: readonly Entry[];
}

export const NAVIGATION: readonly (Entry | Group)[] = [
  { to: "/", label: "nav.home" },
  { to: "/computers", label: "nav.computers", module: "computers" },
  { to: "/groups", label: "nav.groups", module: "groups" },
  { to: "/software", label: "nav.software", module: "software" },
  { to: "/enrolment", label: "nav.enrolment", module: "enrolment" },
  {
    id: "admin",
    label: "nav.admin",
    entries: [
      { to: "/offices", label: "nav.offices", module: "offices" },
      { to: "/users", label: "nav.users", module: "users" },
      { to: "/roles", label: "nav.roles", module: "users" },
      { to: "/api-tokens", label: "nav.apiTokens" },
      { to: "/audit", label: "nav.audit", module: "audit" },
      { to: "/settings/security", label: "nav.securitySettings", module: "security" },
      { to: "/settings/server", label: "nav.serverSettings", module: "settings" },
    ],
  },
];

type May = (module: Module, level: "read") => boolean;

function isOpen(entry: Entry, may: May): boolean {
  return entry.module === undefined || may(entry.module, "read");
}

// What is left for a role; no group without entries.
export function navigationFor(may: May, all: readonly (Entry | Group)[] = NAVIGATION): (Entry | Group)[] {
  return all.flatMap((one): (Entry | Group)[] => {
    if (!("entries" in one)) return isOpen(one, may) ? [one] : [];
    const entries = one.entries.filter((entry) => isOpen(entry, may));
    return entries.length > 0 ? [{ ...one, entries }] : [];
  });
}

export function isCurrent(path: string, to: string): boolean {
  return to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
}

// The entry that an address lies under.
export function entryOf(path: string): Entry | undefined {
  return NAVIGATION.flatMap((one) => ("entries" in one ? one.entries : [one])).find(({ to }) => isCurrent(path, to));
}
