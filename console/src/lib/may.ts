// What the signed-in user's role reaches: the server decides, this hides what
// it would refuse.
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../api/client";
import { sessionQuery } from "../api/queries";

export type Levels = Schemas["Levels"];
export type Module = keyof Levels;
export type Level = Schemas["Level"];

export const MODULES = [
  "computers", "inventory", "software", "enrolment", "offices", "groups", "users", "api_tokens", "settings", "security",
  "audit", "events",
] as const satisfies readonly Module[];
export const LEVELS = ["none", "read", "write", "full"] as const satisfies readonly Level[];

export function reaches(levels: Partial<Levels> | undefined, module: Module, level: Level): boolean {
  return LEVELS.indexOf(levels?.[module] ?? "none") >= LEVELS.indexOf(level);
}

// Whether levels are at most the limit in every module.
export function isWithin(levels: Partial<Levels>, limit: Partial<Levels> | undefined): boolean {
  return MODULES.every((module) => reaches(limit, module, levels[module] ?? "none"));
}

export function useMay(module: Module, level: Level): boolean {
  const { data } = useQuery(sessionQuery);
  return reaches(data?.permissions, module, level);
}

// For choices of several modules at once.
export function useReach(): (module: Module, level: Level) => boolean {
  const { data } = useQuery(sessionQuery);
  return (module, level) => reaches(data?.permissions, module, level);
}

// The lesser of two, module by module.
export function leastLevels(one: Partial<Levels>, other: Partial<Levels>): Levels {
  const levelOf = (module: Module): Level => {
    const level = one[module] ?? "none";
    return reaches(other, module, level) ? level : (other[module] ?? "none");
  };
  return Object.fromEntries(MODULES.map((module) => [module, levelOf(module)])) as Levels;
}
