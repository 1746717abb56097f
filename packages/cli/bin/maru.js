#!/usr/bin/env node
import { loadCommandLine } from './compiled.js';

const { main } = await loadCommandLine();

process.exitCode = await main(process.argv.slice(2));
