import { mount } from 'svelte';
import App from './App.svelte';
import { startRouter } from './lib/router.svelte';
import { startWords } from './lib/words.svelte';
import './style.css';

startRouter();
await startWords();
const target = document.getElementById('app');
if (target) mount(App, { target });
