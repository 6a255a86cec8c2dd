// Criteria as they are written in the console.
import { describe, expect, it } from "vitest";
import { criteriaOf, draftOf, draftsOf, FIELD_NAMES, FIELDS } from "./criteria";

describe("criteria", () => {
  it("are sent when nothing is missing", () => {
    expect(criteriaOf("all", [])).toBeNull();
    expect(criteriaOf("all", [draftOf("name")])).toBeNull();
    expect(criteriaOf("any", [{ field: "name", operator: "contains", text: " web " }])).toEqual(
      { match: "any", conditions: [{ field: "name", operator: "contains", value: "web" }] });
  });

  it("count days from 1 to 3650", () => {
    for (const text of ["", "0", "-1", "1.5", "3651", "x", "1e3"])
      expect([text, criteriaOf("all", [{ field: "last_seen", operator: "within", text }])]).toEqual([text, null]);
    expect(criteriaOf("all", [{ field: "last_seen", operator: "within", text: "3650" }])).toEqual(
      { match: "all", conditions: [{ field: "last_seen", operator: "within", days: 3650 }] });
  });

  it("come back as they were", () => {
    const criteria = criteriaOf("all", FIELD_NAMES.map((field) => ({ ...draftOf(field), text: draftOf(field).text || "x" })));
    expect(criteria?.conditions.length).toBe(FIELD_NAMES.length);
    if (criteria) expect(criteriaOf("all", draftsOf(criteria))).toEqual(criteria);
  });

  it("begin with an operator of their field", () => {
    for (const field of FIELD_NAMES) expect(FIELDS[field].operators).toContain(draftOf(field).operator);
  });
});
