// The navigation: only what works.
export const NAVIGATION = [
  { to: "/", label: "nav.home" },
  { to: "/computers", label: "nav.computers" },
  { to: "/offices", label: "nav.offices" },
  { to: "/enrolment", label: "nav.enrolment" },
] as const;
