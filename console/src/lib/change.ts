// Something that is changed: done, said, and what shows it asked anew.
import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { QueryKey } from "@tanstack/react-query";
import { useToast } from "../parts/Toasts";

interface Asked<Given, Made> {
  act: (given: Given) => Promise<Made>;
  keys: readonly QueryKey[];
  said?: string;
  onDone?: (made: Made) => void;
}

export function useChange<Made = unknown, Given = void>({ act, keys, said, onDone }: Asked<Given, Made>) {
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: act,
    onSuccess: async (made) => {
      if (said) toast("success", said);
      onDone?.(made);
      await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
  });
}

// A thing as it was when its dialog opened, or as it was looked at again after
// somebody else had changed it.
export function useFresh<Thing>(given: Thing, load: () => Promise<Thing>) {
  const [thing, setThing] = useState(given);
  const look = useMutation({ mutationFn: load, onSuccess: setThing });
  return { thing, lookAgain: () => look.mutate(), lookError: look.error };
}
