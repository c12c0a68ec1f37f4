/** An e-mail address; where it does not fit on a line it breaks before its "@". */
export function Mail({ address }: { address: string }) {
  const at = address.lastIndexOf("@");
  return (
    <span class="account__mail">
      {address.slice(0, at)}
      <wbr />
      {address.slice(at)}
    </span>
  );
}
