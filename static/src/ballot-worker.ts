import { serve } from "./vote/crypt";

serve(self as unknown as Parameters<typeof serve>[0]);
