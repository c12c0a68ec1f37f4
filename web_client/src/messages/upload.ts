/** A file on its way to the server, with how far it has come. Rejects with a `Refusal`. */
import { NO_ANSWER, Refusal } from "../http";
import type { Answer, FileView } from "../protocol.gen";

/** What the server takes at most (FILE_BYTES_MAX); said here so that nobody waits for a refusal. */
export const FILE_BYTES_MAX = 10_485_760;

export async function upload(
  conversationId: string,
  fileId: string,
  file: File,
  told: (share: number) => void,
  signal: AbortSignal,
): Promise<FileView> {
  if (file.size > FILE_BYTES_MAX) throw new Refusal("too_large", "This file is larger than 10 MB. Nothing was sent.");
  const request = new XMLHttpRequest();
  const answer = await new Promise<Answer<FileView>>((resolve, reject) => {
    const failed = () => reject(new Refusal("no_answer", NO_ANSWER));
    request.upload.onprogress = (event) => event.lengthComputable && told(event.loaded / event.total);
    request.onload = () => {
      try {
        resolve(JSON.parse(request.responseText) as Answer<FileView>);
      } catch {
        failed();
      }
    };
    request.onerror = request.onabort = failed;
    signal.addEventListener("abort", () => request.abort());
    request.open("PUT", `/api/conversations/${conversationId}/files/${fileId}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.send(file);
  });
  if (answer.ok) return answer.value;
  throw new Refusal(answer.code, answer.message);
}
