/** Requests to the site: JSON in and out, and errors that tell what kind of failure it was. */

export class ApiError extends Error {
  constructor(
    /** HTTP status, or 0 where no answer came. */
    readonly status: number,
    message: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }

  /** No answer, or the server could not give one now: the same request may succeed later. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export class Api {
  constructor(
    private readonly csrf: string,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
  ) {}

  async request<T>(method: string, url: string, body?: unknown, options: { signal?: AbortSignal; keepalive?: boolean } = {}): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (method !== "GET") headers["X-CSRFToken"] = this.csrf;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await this.fetcher(url, {
        method,
        headers,
        credentials: "same-origin",
        ...options,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new ApiError(0, "The site can't be reached.");
    }
    const data = await readJson(response);
    if (!response.ok) throw new ApiError(response.status, detail(data, response.status), data);
    return data as T;
  }

  get = <T>(url: string, signal?: AbortSignal) => this.request<T>("GET", url, undefined, signal ? { signal } : {});
  post = <T>(url: string, body: unknown, signal?: AbortSignal) => this.request<T>("POST", url, body, signal ? { signal } : {});
  put = <T>(url: string, body: unknown) => this.request<T>("PUT", url, body);
}

async function readJson(response: Response): Promise<Record<string, unknown>> {
  try {
    const data: unknown = await response.json();
    return data !== null && typeof data === "object" ? (data as Record<string, unknown>) : {};
  } catch (error) {
    // Given up while it was being read: it is no answer, not even an empty one.
    if (isAbort(error)) throw error;
    if (!response.ok || response.status === 204) return {};
    throw new ApiError(0, "The site's answer did not arrive whole.");
  }
}

function detail(data: Record<string, unknown>, status: number): string {
  if (typeof data.detail === "string") return data.detail;
  for (const value of Object.values(data)) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === "string") return first;
  }
  if (status === 403) return "You may not do this. Perhaps you are signed out.";
  return status >= 500 ? "The site had an error." : `The site refused this (${status}).`;
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";
