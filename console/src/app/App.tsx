// What surrounds every page: the remembered answers, messages, addresses.
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router/dom";
import { client } from "../api/queries";
import { Toasts } from "../parts/Toasts";
import { router } from "./routes";

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Toasts>
        <RouterProvider router={router} />
      </Toasts>
    </QueryClientProvider>
  );
}
