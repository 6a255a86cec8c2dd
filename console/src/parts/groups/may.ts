// What the signed-in user may do with groups.
import { useMay } from "../../lib/may";

export function useMayChangeGroups(): { mayWrite: boolean; mayDelete: boolean } {
  return { mayWrite: useMay("groups", "write"), mayDelete: useMay("groups", "full") };
}

export function useMayReadGroups(): boolean {
  return useMay("groups", "read");
}
