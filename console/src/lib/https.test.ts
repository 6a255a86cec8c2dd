// The way from HTTP to HTTPS.
import { describe, expect, it } from "vitest";
import { httpsUrl } from "./https";

describe("the console's address over HTTPS", () => {
  it("has the port that the server is configured for", () => {
    expect(httpsUrl("central.example.net", 8383)).toBe("https://central.example.net:8383/");
    expect(httpsUrl("[2001:db8::1]", 10443)).toBe("https://[2001:db8::1]:10443/");
    expect(httpsUrl("central.example.net", 443)).toBe("https://central.example.net/");
  });
});
