import { connection } from "next/server";
import { Chat } from "@/components/chat";
import { isEmulated } from "@/lib/celuxe";

export default async function Page() {
  // The environment is that of the running server, not that of the build.
  await connection();
  return <Chat emulated={isEmulated()} />;
}
