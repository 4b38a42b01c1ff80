import { emptyStore } from "../parts.js";
export const show = () => [emptyStore()];
