// Addresses and their pages. A page is loaded when it is first gone to.
import { createBrowserRouter } from "react-router";
import type { ComponentType } from "react";
import { Guard } from "./Guard";
import { Failure } from "./Failure";
import { Shell } from "./Shell";
import { SignInPage } from "../pages/SignInPage";

function page<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) {
  return async () => ({ Component: (await load())[name] });
}

export const router = createBrowserRouter([
  { path: "/sign-in", Component: SignInPage, ErrorBoundary: Failure },
  {
    Component: Guard,
    ErrorBoundary: Failure,
    HydrateFallback: () => null,
    children: [{
      Component: Shell,
      ErrorBoundary: Failure,
      children: [
        { index: true, lazy: page(() => import("../pages/HomePage"), "HomePage") },
        { path: "computers", lazy: page(() => import("../pages/ComputersPage"), "ComputersPage") },
        { path: "computers/:id", lazy: page(() => import("../pages/ComputerPage"), "ComputerPage") },
        { path: "groups", lazy: page(() => import("../pages/GroupsPage"), "GroupsPage") },
        { path: "groups/:id", lazy: page(() => import("../pages/GroupPage"), "GroupPage") },
        { path: "software", lazy: page(() => import("../pages/SoftwarePage"), "SoftwarePage") },
        { path: "software/:id", lazy: page(() => import("../pages/SoftwareTitlePage"), "SoftwareTitlePage") },
        { path: "offices", lazy: page(() => import("../pages/OfficesPage"), "OfficesPage") },
        { path: "offices/:id", lazy: page(() => import("../pages/OfficePage"), "OfficePage") },
        { path: "users", lazy: page(() => import("../pages/UsersPage"), "UsersPage") },
        { path: "users/:id", lazy: page(() => import("../pages/UserPage"), "UserPage") },
        { path: "roles", lazy: page(() => import("../pages/RolesPage"), "RolesPage") },
        { path: "roles/:id", lazy: page(() => import("../pages/RolePage"), "RolePage") },
        { path: "api-tokens", lazy: page(() => import("../pages/ApiTokensPage"), "ApiTokensPage") },
        { path: "audit", lazy: page(() => import("../pages/AuditPage"), "AuditPage") },
        { path: "audit/rows/:row", lazy: page(() => import("../pages/AuditRowPage"), "AuditRowPage") },
        { path: "enrolment", lazy: page(() => import("../pages/EnrolmentPage"), "EnrolmentPage") },
        { path: "password", lazy: page(() => import("../pages/PasswordPage"), "PasswordPage") },
        { path: "account", lazy: page(() => import("../pages/AccountPage"), "AccountPage") },
        { path: "settings/security", lazy: page(() => import("../pages/SecuritySettingsPage"), "SecuritySettingsPage") },
        { path: "settings/server", lazy: page(() => import("../pages/ServerSettingsPage"), "ServerSettingsPage") },
        { path: "two-factor", lazy: page(() => import("../pages/TwoFactorPage"), "TwoFactorPage") },
        { path: "*", lazy: page(() => import("../pages/MissingPage"), "MissingPage") },
      ],
    }],
  },
]);
