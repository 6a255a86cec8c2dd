// The groups of computers, for those whose role may look at them.
import { useQuery } from "@tanstack/react-query";
import { groupChoiceQuery } from "../api/groups";
import type { Group } from "../api/groups";
import { useMay } from "./may";

const NONE: Group[] = [];

export function useGroups(): Group[] {
  const enabled = useMay("groups", "read");
  return useQuery({ ...groupChoiceQuery, enabled }).data?.items ?? NONE;
}

// Those that have what people put into them.
export function useStaticGroups(): Group[] {
  return useGroups().filter((group) => group.kind === "static");
}

export function useGroupNames(): Map<string, string> {
  return new Map(useGroups().map(({ id, name }) => [id, name]));
}
