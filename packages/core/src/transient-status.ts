/** Statuses that another try can cure. 52x are those of Cloudflare in front of the service. */
export function isTransientStatus(status: number | undefined = 0): boolean {
  return status === 408 || status === 500 || (status >= 502 && status <= 504) || (status >= 520 && status <= 529);
}
