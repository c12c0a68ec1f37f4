/** This page's own id, made in memory at load: the same one keeps a seat, another one takes it over. */
export const pageId: string = crypto.randomUUID();
