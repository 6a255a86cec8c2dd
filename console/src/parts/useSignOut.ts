// Signing out, from wherever one is.
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, ask } from "../api/client";
import { changeSession } from "../api/queries";

export function useSignOut() {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => ask(api.DELETE("/api/v1/session")),
    onSettled: () => {
      changeSession(null);
      void navigate("/sign-in", { replace: true });
    },
  });
}
