// The remote offices, for those whose role may look at them.
import { useQuery } from "@tanstack/react-query";
import type { Office } from "../api/client";
import { officesQuery } from "../api/queries";
import { useMay } from "./may";

const NONE: Office[] = [];

export function useOffices(): Office[] {
  const enabled = useMay("offices", "read");
  return useQuery({ ...officesQuery, enabled }).data?.items ?? NONE;
}

export function useOfficeNames(): Map<string, string> {
  return new Map(useOffices().map(({ id, name }) => [id, name]));
}
