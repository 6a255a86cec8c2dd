// Where the server answers: for who came by another way than HTTPS.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { httpsUrl } from "../lib/https";
import { api, ask } from "./client";

export const portsQuery = queryOptions({
  queryKey: ["ports"],
  queryFn: ({ signal }) => ask(api.GET("/api/v1/ports", { signal })),
  staleTime: Infinity,
});

// The console's address over HTTPS; null until the server has told it.
export function useHttpsUrl(): string | null {
  const { data } = useQuery({ ...portsQuery, enabled: location.protocol === "http:" });
  return data ? httpsUrl(location.hostname, data.https_port) : null;
}
