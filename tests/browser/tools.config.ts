import base from './playwright.config';

// What is made with the browser and is no test: ./dev pictures, ./dev bench --web.
export default { ...base, testMatch: ['pictures.ts', 'web.bench.ts'], reporter: [['line']] as ['line'][] };
