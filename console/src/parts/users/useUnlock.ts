// Lets a locked user sign in again.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { USERS_KEY } from "../../api/people";
import type { User } from "../../api/people";
import { useProblemText } from "../../i18n/problem";
import { useToast } from "../Toasts";

export function useUnlock(user: User) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const text = useProblemText();
  return useMutation({
    mutationFn: () => ask(api.POST("/api/v1/users/{user_id}/unlock", { params: { path: { user_id: user.id } } })),
    onSuccess: () => {
      toast("success", t("users.unlocked", { name: user.name }));
      return client.invalidateQueries({ queryKey: USERS_KEY });
    },
    onError: (error) => toast("danger", text(error)),
  });
}
