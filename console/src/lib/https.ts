// Addresses over HTTPS. A host as the browser has it, with brackets where it is
// an IPv6 address.
const STANDARD = 443;

export function httpsUrl(host: string, port: number): string {
  return `https://${host}${port === STANDARD ? "" : `:${port}`}/`;
}
