// SPDX-License-Identifier: Apache-2.0
// The filter of report.html. Without it the page has all that it has with it.
"use strict";
(() => {
    const form = document.getElementById("filter");
    const search = document.getElementById("q");
    const shown = document.getElementById("shown");
    const rows = Array.from(document.querySelectorAll(".req"));
    const groups = Array.from(document.querySelectorAll(".group"));
    const texts = rows.map((row) => row.textContent.toLowerCase());

    function apply() {
        const words = search.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
        const verdicts = new Set(Array.from(form.querySelectorAll("input[name=verdict]:checked"), (box) => box.value));
        const level = form.elements.level.value;
        const area = form.elements.area.value;
        let n = 0;
        rows.forEach((row, i) => {
            const has = (verdicts.size === 0 || verdicts.has(row.dataset.verdict)) &&
                (level === "" || row.dataset.level === level) && (area === "" || row.dataset.area === area) &&
                words.every((word) => texts[i].includes(word));
            row.hidden = !has;
            n += has ? 1 : 0;
        });
        groups.forEach((group) => {
            group.hidden = group.querySelector(".req:not([hidden])") === null;
        });
        shown.textContent = n === rows.length ? `all ${n} requirements` : `${n} of ${rows.length} requirements`;
    }

    function openTarget() {
        const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
        if (row === null || !row.classList.contains("req")) {
            return;
        }
        if (row.hidden) {
            form.reset();
            apply();
        }
        row.open = true;
        row.scrollIntoView();
        row.querySelector("summary").focus({preventScroll: true});
    }

    function setOpen(open) {
        rows.filter((row) => !row.hidden).forEach((row) => {
            row.open = open;
        });
    }

    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    document.getElementById("open").addEventListener("click", () => setOpen(true));
    document.getElementById("close").addEventListener("click", () => setOpen(false));
    document.addEventListener("keydown", (event) => {
        const isTyping = event.target.matches("input[type=search], select, textarea");
        if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            search.focus();
            search.select();
        } else if (event.key === "Escape" && event.target === search) {
            search.value = "";
            apply();
            search.blur();
        }
    });
    addEventListener("hashchange", openTarget);
    addEventListener("beforeprint", () => rows.filter((row) => row.dataset.verdict !== "PASS").forEach((row) => {
        row.open = true;
    }));
    form.hidden = false;
    apply();
    openTarget();
})();
