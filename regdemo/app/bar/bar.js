// Charts listen to two elements that are there before any of them, whatever is drawn first and whatever is drawn anew:
// <body> holds which strength is chosen, <html> the epoch. A chart that is built later reads them as it starts.
const tell = (element, event, value) => {
  if (element.value === value) return
  element.value = value
  element.dispatchEvent(new Event(event))
}

export default function ({ data, parentElement, setTriggerValue }) {
  const bar = parentElement.querySelector('.regdemo-bar')
  const find = selector => bar.querySelector(selector)
  const [hand, film] = [find('.hand'), find('.film')]
  const [slider, time] = [find('.hand input'), find('.film input')]
  const [back, on, play] = [find('.back'), find('.on'), find('.play')]
  const { labels, epochs, figures, leads, words } = data
  let waiting = 0

  const show = () => {
    const k = Number(slider.value)
    find('.hand output').textContent = labels[k]
    slider.setAttribute('aria-valuetext', labels[k])
    find('.lead').textContent = leads[k]
    figures.forEach(([, texts], i) => {
      find('.figures').children[i].querySelector('b').textContent = texts[k]
    })
    back.disabled = slider.disabled || k === 0
    on.disabled = slider.disabled || k === labels.length - 1
    if (epochs.length) {
      const epoch = epochs[time.value]
      const text = words.epoch_at.replace('{epoch}', epoch).replace('{last}', epochs.at(-1))
      find('.film output').textContent = text
      time.setAttribute('aria-valuetext', text)
    }
  }
  const send = () => {  // at most once a frame: a hand is faster than a screen
    show()
    if (!waiting) waiting = requestAnimationFrame(() => {
      waiting = 0
      tell(document.body, 'hand', Number(slider.value))
      tell(document.documentElement, 'epoch', epochs[time.value] ?? 0)
    })
  }
  const release = () => setTriggerValue('k', Number(slider.value))
  const step = by => { slider.value = Number(slider.value) + by; send(); release() }
  const stop = () => {
    clearInterval(bar.playing)
    bar.playing = 0
    play.textContent = '▶'
    play.setAttribute('aria-label', words.play)
  }

  const run = () => {
    clearInterval(bar.playing)
    bar.playing = setInterval(() => {
      time.value = Number(time.value) + 1
      send()
      if (time.value === time.max) stop()
    }, 250)
  }

  find('.hand .name').textContent = words.name
  find('.film .name').textContent = words.epoch
  slider.setAttribute('aria-label', words.name)
  time.setAttribute('aria-label', words.epoch)
  back.setAttribute('aria-label', words.back)
  on.setAttribute('aria-label', words.on)
  hand.hidden = data.hidden
  film.hidden = epochs.length < 2
  slider.disabled = data.locked
  slider.max = labels.length - 1
  time.max = Math.max(epochs.length - 1, 0)
  const list = find('.figures')
  if (list.children.length !== figures.length) list.replaceChildren(...figures.map(() => {
    const entry = document.createElement('div')
    entry.append(document.createElement('dt'), document.createElement('dd'))
    entry.lastChild.append(document.createElement('b'), document.createElement('span'))
    return entry
  }))
  figures.forEach(([name, texts], i) => {
    const entry = list.children[i]
    entry.firstChild.textContent = name
    entry.querySelector('span').textContent = data.zero === null ? '' : words.against.replace('{value}', texts[data.zero])
  })

  // The page moves the hand where it has news; what the hand itself has said comes back as an echo, late, and is no news.
  if (bar.dataset.news !== String(data.news)) {
    bar.dataset.news = data.news
    slider.value = data.at
  }
  const film_is = JSON.stringify(epochs)
  if (bar.dataset.epochs !== film_is) {
    bar.dataset.epochs = film_is
    time.value = time.max
    stop()
  }
  slider.oninput = send
  slider.onchange = release
  back.onclick = () => step(-1)
  on.onclick = () => step(1)
  time.oninput = () => { stop(); send() }
  play.onclick = () => {
    if (bar.playing) return stop()
    if (time.value === time.max) time.value = 0
    play.textContent = '❚❚'
    play.setAttribute('aria-label', words.pause)
    send()
    run()
  }
  bar.playing ? run() : stop()  // a bar that is drawn anew while its film plays goes on playing
  send()
  return () => { clearInterval(bar.playing); cancelAnimationFrame(waiting) }
}
