// What pages ask of the server about software.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import { every } from "./live";

const SLOW_MS = 30_000;
const COUNTING_MS = 2000;

export type SoftwareSort = "name" | "-name" | "computers" | "-computers";
export interface SoftwareAsked {
  limit: number;
  cursor?: string;
  sort: SoftwareSort;
  search?: string;
}

// More often while numbers still grow.
export function softwareQuery(asked: SoftwareAsked) {
  return queryOptions({
    queryKey: ["software", "list", asked],
    queryFn: ({ signal }) => ask(api.GET("/api/v1/software", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.counting ? COUNTING_MS : every(SLOW_MS)()),
  });
}

export function titleQuery(id: string) {
  return queryOptions({
    queryKey: ["software", "one", id],
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/software/{title_id}", { params: { path: { title_id: id } }, signal })),
    refetchInterval: every(SLOW_MS),
  });
}

export function versionsQuery(id: string, asked: { limit: number; cursor?: string }) {
  return queryOptions({
    queryKey: ["software", "versions", id, asked],
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/software/{title_id}/versions", {
        params: { path: { title_id: id }, query: asked }, signal,
      })),
    placeholderData: keepPreviousData,
    refetchInterval: every(SLOW_MS),
  });
}

export function havingQuery(id: string, asked: { limit: number; cursor?: string; version_id?: number }) {
  return queryOptions({
    queryKey: ["software", "computers", id, asked],
    queryFn: ({ signal }) =>
      ask(api.GET("/api/v1/software/{title_id}/computers", {
        params: { path: { title_id: id }, query: asked }, signal,
      })),
    placeholderData: keepPreviousData,
    refetchInterval: every(SLOW_MS),
  });
}
