// The roles that one may give to an API token of one's own.
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../api/queries";
import type { Schemas } from "../api/client";
import { isWithin } from "./may";
import type { Levels } from "./may";
import { useRolesToGive } from "./roles";

// Who may not list roles is offered the least of those that are always there,
// where the own role reaches it. The server judges it once more.
const GUEST: Schemas["RoleReference"] = { id: "00000000-0000-7000-8000-000000000014", name: "Guest", built_in: "guest" };
const GUEST_LEVELS: Partial<Levels> = { computers: "read", inventory: "read", software: "read", offices: "read" };

export function useTokenRoles(): Schemas["RoleReference"][] {
  const { data } = useQuery(sessionQuery);
  const roles = useRolesToGive();
  const all = roles.length > 0 ? roles : isWithin(GUEST_LEVELS, data?.permissions) ? [GUEST] : [];
  return all.filter(({ id }) => id !== data?.user.role.id);
}
