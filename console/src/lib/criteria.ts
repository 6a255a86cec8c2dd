// The fields of criteria, what they can be asked, and what is ready to be sent.
import type { Criteria, Criterion } from "../api/groups";

export type Field = Criterion["field"];
export type Operator = Criterion["operator"];
export type Kind = "text" | "office" | "days" | "words";

interface FieldForm {
  kind: Kind;
  operators: readonly Operator[];
  words?: readonly string[];
}

export const FIELDS: Record<Field, FieldForm> = {
  name: { kind: "text", operators: ["contains", "begins", "is"] },
  office: { kind: "office", operators: ["is", "is_not"] },
  os: { kind: "text", operators: ["is", "is_not", "begins"] },
  os_version: { kind: "text", operators: ["begins", "is"] },
  architecture: { kind: "text", operators: ["is", "is_not"] },
  hardware_serial: { kind: "text", operators: ["begins", "is"] },
  state: { kind: "words", operators: ["is", "is_not"], words: ["active", "retired", "revoked"] },
  profile: { kind: "words", operators: ["is", "is_not"], words: ["agent", "stock"] },
  duplicate: { kind: "words", operators: ["is"], words: ["name", "hardware"] },
  enrolled: { kind: "days", operators: ["within", "longer_ago_than"] },
  agent_version: { kind: "text", operators: ["older_than", "is", "is_not"] },
  last_seen: { kind: "days", operators: ["longer_ago_than", "within"] },
};
export const FIELD_NAMES = Object.keys(FIELDS) as Field[];
export const CONDITIONS_MAX = 20;
export const DAYS_MAX = 3650;

// A condition as it is being written: days are text until they are a number.
export interface Draft {
  field: Field;
  operator: Operator;
  text: string;
}

export function draftOf(field: Field): Draft {
  const form = FIELDS[field];
  return { field, operator: form.operators[0] ?? "is", text: form.words?.[0] ?? (form.kind === "days" ? "30" : "") };
}

export function draftsOf(criteria: Criteria): Draft[] {
  return criteria.conditions.map(({ field, operator, value, days }) => ({
    field, operator, text: days === undefined ? value ?? "" : String(days),
  }));
}

function conditionOf({ field, operator, text }: Draft): Criterion | null {
  if (FIELDS[field].kind !== "days") return text.trim() ? { field, operator, value: text.trim() } : null;
  const days = Number(text);
  return /^\d+$/.test(text) && days >= 1 && days <= DAYS_MAX ? { field, operator, days } : null;
}

// Null: something is missing yet.
export function criteriaOf(match: Criteria["match"], drafts: Draft[]): Criteria | null {
  const conditions = drafts.map(conditionOf);
  return conditions.length > 0 && conditions.every((one) => one !== null) ? { match, conditions } : null;
}
